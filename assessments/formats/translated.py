"""The names and words of ``meaning.py`` in the other languages of the interface.

Several words are written as one, as a name is compared; accents and case make no difference. What also is a common
heading of another meaning in English (the German *Art*) is left out.
"""

from __future__ import annotations

NAMES = {
    "stem": """fragetext fragestellung frage fragen aufgabenstellung aufgabe textedelaquestion enonce intitule
        textodelapregunta pregunta preguntas enunciado textodapergunta textodaquestao pergunta perguntas questao questoes
        نصالسؤال السؤال سؤال الأسئلة प्रश्न सवाल 题干 题目 问题 试题""",
    "key": """richtigeantwort richtigeantworten richtigeoption korrekteantwort korrekteantworten richtig korrekt
        bonnereponse bonnesreponses reponsecorrecte reponsescorrectes bonchoix respuestacorrecta respuestascorrectas
        opcioncorrecta correcta clave respostacorreta respostascorretas opcaocorreta alternativacorreta correta gabarito
        الإجابةالصحيحة الجوابالصحيح सहीउत्तर सहीजवाब सहीविकल्प 正确答案 正确选项""",
    "answer": """musterantwort musterlösung musterloesung antwort antworten lösung loesung reponsemodele reponseattendue
        reponse reponses corrige respuestamodelo respuesta respuestas solucion respostamodelo respostaesperada resposta
        respostas solucao الإجابةالنموذجية الإجابة الجواب إجابة جواب उत्तर जवाब 参考答案 答案 回答""",
    "options": """antwortmöglichkeiten antwortoptionen auswahlmöglichkeiten optionen auswahl choix propositions
        reponsespossibles opciones alternativas respuestasposibles opcoes respostaspossiveis الخيارات خيارات विकल्प 选项""",
    "distractors": """falscheantworten distraktoren mauvaisesreponses reponsesincorrectes distracteurs
        respuestasincorrectas distractores respostasincorretas respostaserradas distratores الإجاباتالخاطئة गलतउत्तर
        错误答案 干扰项""",
    "id": """kennung fragenummer fragennummer fragenr nummer identifiant numero identificador الرقم رقم رقمالسؤال
        क्रमांक क्रमसंख्या 编号 题号 序号""",
    "type": """fragetyp fragentyp typ typedequestion tipodepregunta tipodequestao tipodepergunta tipo نوعالسؤال النوع
        प्रश्नप्रकार प्रकार 题型 类型""",
    "title": "titel titre titulo العنوان शीर्षक 标题",
    "points": """punkte punktzahl maxpunkte bareme puntos puntaje puntuacion pontos pontuacao الدرجة الدرجات النقاط अंक
        分值 分数""",
    "tolerance": "toleranz tolerancia التفاوت सहनशीलता 容差 误差",
    "difficulty": """schwierigkeitsgrad schwierigkeit niveaudedifficulte difficulte niveau niveldedificultad dificultad
        niveldedificuldade dificuldade nivel مستوىالصعوبة الصعوبة कठिनाईस्तर कठिनाई 难度""",
    "explanation": """erklärung erklaerung erläuterung erlaeuterung begründung rückmeldung explication justification
        retroaction explicacion justificacion retroalimentacion explicacao justificativa الشرح التفسير التوضيح व्याख्या
        解析 解释 说明""",
    "source": "quelle fuente fonte المصدر स्रोत 来源",
    "competence": "kompetenz competencia الكفاءة योग्यता 能力",
    "licence": "lizenz licencia licenca الترخيص लाइसेंस 许可",
}
ANSWERS = "antworten reponses respuestas respostas"
TAGS = """schlagwort kategorie thema fach kapitel abschnitt bereich categorie theme sujet matiere chapitre categoria tema
    asignatura materia capitulo topico assunto disciplina التصنيف الموضوع المادة श्रेणी विषय अध्याय 类别 分类 主题 科目 章节"""
LISTS_OF_TAGS = """schlagworte schlagwörter stichworte stichwörter kategorien themen etiquettes motscles etiquetas
    palabrasclave palavraschave الوسوم टैग 标签"""
OPTION_FAMILIES = """antwort antwortoption antwortmöglichkeit auswahl reponse choix proposition opcion respuesta alternativa
    opcao resposta الخيار خيار الإجابة विकल्प 选项"""
WRONG_FAMILIES = """falscheantwort distraktor mauvaisereponse reponseincorrecte respuestaincorrecta respostaincorreta
    respostaerrada الإجابةالخاطئة गलतउत्तर 错误答案"""
DIFFICULTIES = {
    "easy": "leicht einfach facile facil سهل आसान सरल 简单 容易",
    "medium": "mittel mittelschwer moyen moyenne medio media intermedio intermediario متوسط मध्यम 中等 中",
    "hard": "schwer schwierig difficile dificil صعب कठिन 困难 难",
}
TYPES = {
    "single_choice": """einfachauswahl einzelauswahl choixunique opcionunica seleccionunica escolhaunica 单选题 单选
        اختيارواحد एकविकल्प""",
    "multiple_choice": """mehrfachauswahl choixmultiple choixmultiples opcionmultiple seleccionmultiple multiplaescolha
        escolhamultipla اختيارمتعدد बहुविकल्पीय 多选题 多选""",
    "true_false": """wahrfalsch wahroderfalsch richtigfalsch richtigoderfalsch vraifaux vraioufaux verdaderofalso
        verdaderoofalso verdadeirofalso verdadeirooufalso صحوخطأ صحأوخطأ صحخطأ सत्यअसत्य सहीगलत 判断题 判断""",
    "numeric": "numerisch zahl numerique numerico numerica رقمي عددي संख्यात्मक 数值题 数值",
    "short_text": "kurzantwort reponsecourte respuestacorta respuestabreve respostacurta إجابةقصيرة लघुउत्तरीय लघुउत्तर",
    "long_text": """langantwort freitext offen offenefrage aufsatz textelibre reponselibre reponselongue questionouverte
        ouverte redaction ensayo abierta preguntaabierta respuestalarga textolibre dissertativa discursiva aberta
        questaoaberta respostalonga textolivre مقالي سؤالمفتوح निबंध दीर्घउत्तरीय 简答题 问答题 论述题""",
}
TRUE = "wahr richtig ja vrai oui verdadero cierto si verdadeiro certo sim صحيح صح نعم सत्य सही हाँ 正确 对 是"
FALSE = "falsch nein faux non falso nao errado خطأ خاطئ لا असत्य गलत नहीं 错误 错 否"
