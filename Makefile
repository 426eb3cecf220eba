# Two commands for a fresh machine with Swift, Python 3 and pip:
#   make demo   builds, fetches a small real model and answers a question
#   make test   builds and passes all tests; fetches that model, NVIDIA's kernel compiler, which needs no GPU, and the
#               Python clients that the tests talk to
# And `make wheel` builds the Python package.
MODELS ?= models
SMOLLM2 = $(MODELS)/SmolLM2-135M-Instruct.Q4_1.gguf
QUESTION ?= Explain in three sentences why the sky is blue.

# NVRTC, in a folder of its own: kernels are compiled for every GPU that Zonda knows, on any machine.
NVRTC = .build-cuda/nvidia/cu13/lib/libnvrtc.so.13

# Python with the clients of our servers and formats, in a folder of its own. Some systems have no venv: virtualenv needs
# pip only.
PYTHON = .build-python/bin/python

.PHONY: build demo test wheel lint clean

build:
	swift build -c release --product zonda

$(SMOLLM2):
	python3 scripts/fetch_model.py smollm2 $(MODELS)

demo: build $(SMOLLM2)
	.build/release/zonda run $(SMOLLM2) "$(QUESTION)"

$(NVRTC):
	python3 -m pip install --quiet --no-deps --upgrade --target .build-cuda nvidia-cuda-nvrtc==13.0.88 || \
		{ echo "make: pip could not install NVRTC, which the tests of GPU kernels need" >&2; exit 1; }
	touch $@

$(PYTHON): python/requirements-test.txt
	python3 -m pip install --quiet --upgrade --target .build-virtualenv virtualenv
	PYTHONPATH=.build-virtualenv python3 -m virtualenv --quiet .build-python
	$(PYTHON) -m pip install --quiet -r $<
	touch $@

# The first line builds and runs nothing; Swift's own summary closes the run. What talks to the command and the library
# from outside uses what that line built.
SWIFT_TEST = swift test -c release --disable-xctest --explicit-target-dependency-import-check error
PYTEST = ZONDA_LIBRARY=$(CURDIR)/.build/release/libZondaPython.so PYTHONPATH=python $(PYTHON) -m pytest -q
test: $(SMOLLM2) $(NVRTC) $(PYTHON)
	$(SWIFT_TEST) --filter '^none$$'
	$(PYTEST) python/tests
	$(PYTEST) Tests/Clients
	python3 Tests/Page
	ZONDA_LIBRARY=$(CURDIR)/.build/release/libZondaPython.so PYTHONPATH=python \
		python3 scripts/readme_examples.py --python $(PYTHON)
	ZONDA_TEST_PYTHON=$(CURDIR)/$(PYTHON) $(SWIFT_TEST)

# The Python package with the library in it, for any Python 3 on this kind of machine.
wheel:
	python3 -m pip wheel --no-deps --wheel-dir python/dist ./python

lint:
	swift format lint --strict --recursive --parallel Sources Tests Package.swift
	python3 scripts/check_layers.py
	python3 scripts/list_kernels.py --check

clean:
	swift package clean
