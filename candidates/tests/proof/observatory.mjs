// Grades pages, one JSON object a line on standard input, by the tests and the grader of MDN's HTTP Observatory, without a network.
// node observatory.mjs FOLDER, where FOLDER is the installed package @mdn/mdn-http-observatory.
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const folder = process.argv[2];
const load = (path) => import(`${folder}/${path}`);
const preloaded = `${folder}/conf/hsts-preload.json`;
if (!existsSync(preloaded)) writeFileSync(preloaded, "{}"); // the list of preloaded hosts would be fetched; none of ours is in it

const { emptyRequests, setHeader } = await load("test/helpers.js");
const { ALL_TESTS } = await load("src/constants.js");
const { getGradeForScore, getScoreModifier } = await load("src/grader/grader.js");

for await (const line of createInterface({ input: process.stdin })) {
  const page = JSON.parse(line);
  const requests = emptyRequests();
  const response = requests.responses.auto;
  requests.responses.https = response;
  requests.resources.path = page.body;
  response.status = page.status;
  for (const [name, value] of Object.entries(page.headers)) setHeader(response, name, value);
  for (const cookie of page.cookies) await requests.session.jar.setCookie(cookie, "https://mozilla.org/");
  const found = ALL_TESTS.map((test) => test(requests).result);
  const modifiers = found.map(getScoreModifier);
  const lost = 100 + modifiers.filter((one) => one < 0).reduce((sum, one) => sum + one, 0);
  const score = lost >= 90 ? 100 + modifiers.reduce((sum, one) => sum + one, 0) : lost; // extra credit is for an A alone
  console.log(JSON.stringify({ name: page.name, ...getGradeForScore(score), found }));
}
