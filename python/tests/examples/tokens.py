# Tokens of a text, and the text of tokens.
# Prints: \[[\d, ]+\]\nHow many tokens is this\?
from mistralrs import Runner, Which

runner = Runner(which=Which.Plain(model_id="HuggingFaceTB/SmolLM2-135M-Instruct"))
tokens = runner.tokenize_text("How many tokens is this?", add_special_tokens=False, enable_thinking=None)
print(tokens)
print(runner.detokenize_text(tokens, skip_special_tokens=True))
