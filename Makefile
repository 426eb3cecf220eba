# Two commands for a fresh machine with Swift, Python 3 and pip:
#   make demo   builds, fetches a small real model and answers a question
#   make test   builds and passes all tests
MODELS ?= models
SMOLLM2 = $(MODELS)/SmolLM2-135M-Instruct.Q4_1.gguf
QUESTION ?= Explain in three sentences why the sky is blue.

.PHONY: build demo test lint clean

build:
	swift build -c release --product zonda

$(SMOLLM2):
	python3 scripts/fetch_model.py smollm2 $(MODELS)

demo: build $(SMOLLM2)
	.build/release/zonda run $(SMOLLM2) "$(QUESTION)"

test: $(SMOLLM2)
	swift test -c release --disable-xctest --explicit-target-dependency-import-check error

lint:
	swift format lint --strict --recursive --parallel Sources Tests Package.swift
	python3 scripts/check_layers.py

clean:
	swift package clean
