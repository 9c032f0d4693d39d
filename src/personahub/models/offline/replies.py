"""Sentences that replies are made of: without commas, and without words that anybody may forbid."""

OPENINGS = (
    "Start with what you know about {topic}",
    "Take {topic} one step at a time",
    "Write down what you expect of {topic} before you begin",
    "Look at the last time that {topic} went well",
)
KEYWORDS = " and keep {words} in mind"
ASIDE = " and fill in "
STEPS = (
    "List what is there and what is missing for {topic} so that nothing has to be guessed later.",
    "Ask the one person who has done this before and note what they would do again.",
    "Try it on a small scale first and compare the result with what you expected.",
    "Put a date on each step and leave room for the one that goes wrong.",
    "Keep what works and drop the rest at the end of the week.",
    "Tell those who depend on {topic} what changes for them and from when.",
    "Look back after a month and write down what you would do in another way.",
)
MORE = ("Note what is missing.", "Try it on a small scale first.", "Keep what works.")
TITLES = "A plan in short"
ENDING_QUESTION = "What would you change first?"
TONGUES = {
    "German": (
        "Am besten ist es mit der Liste zu beginnen und die Zeit f\u00fcr den ersten Schritt nicht zu vergessen.",
        "Das ist f\u00fcr die meisten der richtige Weg und er ist mit dem Plan von gestern zu machen.",
        "Die Kosten sind auf der Liste und der Rest ist aus dem Vorrat zu nehmen.",
    ),
    "Spanish": (
        "Lo mejor es empezar por la lista de lo que hay en la casa y no con el resto.",
        "Para los que no tienen tiempo es mejor hacer el plan con una persona de la zona.",
        "El coste de los pasos es el de siempre y se paga al final por las dos partes.",
    ),
    "French": (
        "Le mieux est de commencer par la liste des choses qui sont dans la maison et sur la table.",
        "Pour les autres il est bon de faire un plan avec une personne qui est du quartier.",
        "Le prix de la suite est sur la note et il se paie avec le reste du mois.",
    ),
    "Italian": (
        "Il meglio \u00e8 di cominciare con la lista che si trova in casa e non con il resto.",
        "Per gli altri \u00e8 un bene fare il piano con una persona del posto che sa come va.",
        "Il costo della parte nel mezzo si paga con il resto alla fine del mese.",
    ),
    "Portuguese": (
        "O melhor \u00e9 fazer uma lista do que est\u00e1 em casa e do que falta para o trabalho da semana.",
        "Para os outros \u00e9 bom fazer um plano com uma pessoa do bairro que sabe do assunto.",
        "O custo da parte do meio \u00e9 pago no fim do m\u00eas com o resto da conta.",
    ),
    "Chinese": (
        "\u5148\u628a\u9700\u8981\u7684\u4e1c\u897f\u5217\u6210\u6e05\u5355\u3002",
        "\u518d\u627e\u4e00\u4f4d\u6709\u7ecf\u9a8c\u7684\u4eba\u4e00\u8d77\u770b\u770b\u8ba1\u5212\u3002",
        "\u6700\u540e\u6bcf\u5468\u56de\u5934\u68c0\u67e5\u4e00\u6b21\u8fdb\u5c55\u3002",
    ),
    "Japanese": (
        "\u307e\u305a\u5fc5\u8981\u306a\u3082\u306e\u3092\u66f8\u304d\u51fa\u3057\u307e\u3059\u3002",
        "\u6b21\u306b\u7d4c\u9a13\u306e\u3042\u308b\u4eba\u306b\u8a71\u3092\u805e\u304d\u307e\u3059\u3002",
        "\u6700\u5f8c\u306b\u6bce\u9031\u306e\u7d50\u679c\u3092\u898b\u76f4\u3057\u307e\u3059\u3002",
    ),
}
