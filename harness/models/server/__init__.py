"""Models behind a server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, transformers..."""
