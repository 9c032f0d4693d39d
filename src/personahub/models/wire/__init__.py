"""What the models that speak OpenAI's formats share: over HTTP, in batches and in files."""
