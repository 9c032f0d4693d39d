"""What is told of a persona or a sample, and the words it may be told in."""

ATTRIBUTES = ("occupation", "domain", "seniority", "age_group", "place", "interests", "language", "tone")
TOPIC = "topic"

DOMAINS = (
    *("agriculture", "arts", "automotive", "business", "construction", "education", "energy", "engineering"),
    *("entertainment", "environment", "family", "fashion", "finance", "food", "gaming", "government", "history", "law"),
    *("literature", "marketing", "mathematics", "media", "medicine", "military", "music", "psychology"),
    *("public safety", "real estate", "religion", "retail", "science", "social work", "sports", "technology"),
    *("transport", "travel"),
)
SENIORITY = ("student", "junior", "senior", "manager", "executive", "owner", "retired")
AGE_GROUPS = ("child", "teenager", "young adult", "middle-aged", "elderly")
TONES = ("enthusiastic", "critical", "caring", "determined", "curious", "humorous", "anxious", "formal")

# Those that are one of a list; the others are free words.
CHOICES = {"domain": DOMAINS, "seniority": SENIORITY, "age_group": AGE_GROUPS, "tone": TONES}
MOST_INTERESTS = 3
BETWEEN = "; "  # interests are one text: "chess; gardening"
MOST_CHARS = 100  # of a free word
