"""The language of rules: facts, activities, industries, conditions, and what is known of questions."""
