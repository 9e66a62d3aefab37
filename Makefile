# make demo        a bag through the node over real ROS 2, no installation needed but Python 3.11
# make test        ruff, mypy and pytest
# make lint types  the first two alone
# make test-nodes test-core test-training  the three parts of pytest alone
# make train-env   .venv with what python -m training needs
# make config      config/extractor.yaml and stereo.yaml from the settings' own fields
# make docs        the pages as a site in site/
# make clean       removes .venv and what the other targets wrote
#
# make demo takes BAG=folder.or.bag [TOPIC=/cam/image] or IMAGES=dir, METHOD=, BACKEND=a,b,
# MAX_KEYPOINTS=, FRAMES=, HZ=, RATE=, OUT=, and ARGS= for anything else.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin/python
SPREAD := --numprocesses 2 --dist loadfile
WITH_NODES := test/ros test/examples test/tools test/test_determinism.py
PARTS := nodes core training
nodes := $(SPREAD) $(WITH_NODES)
core := $(SPREAD) $(WITH_NODES:%=--ignore %) --ignore test/training
training := $(SPREAD) test/training

# A ROS 2 that the shell has sourced is of another Python: .venv must not find its modules.
ifdef AMENT_PREFIX_PATH
unexport LD_LIBRARY_PATH
endif
unexport PYTHONPATH PYTHONHOME AMENT_PREFIX_PATH COLCON_PREFIX_PATH RMW_IMPLEMENTATION ROS_DISTRO

DEMO_ARGS := $(if $(BAG),--bag '$(BAG)') $(if $(TOPIC),--topic '$(TOPIC)') \
	$(if $(IMAGES),--images '$(IMAGES)') $(if $(METHOD),--method '$(METHOD)') \
	$(if $(BACKEND),--backend '$(BACKEND)') $(if $(MAX_KEYPOINTS),--max-keypoints '$(MAX_KEYPOINTS)') \
	$(if $(FRAMES),--frames '$(FRAMES)') $(if $(HZ),--hz '$(HZ)') \
	$(if $(RATE),--rate '$(RATE)') $(if $(OUT),--out '$(OUT)') $(ARGS)

.PHONY: demo test $(PARTS:%=test-%) lint types train-env config docs clean
.DELETE_ON_ERROR:

demo: $(VENV)/demo.stamp
	@$(RUN) -m residual_features_ros demo $(DEMO_ARGS)

# A test with nodes that failed beside others is run again with the machine to itself: a busy one may
# miss what is sent once. Tests of training are apart because torch crashed there after OpenVINO had
# run in the same process (docs/decisions/training.md).
test: lint types
	$(if $(ARGS),$(RUN) -m pytest $(ARGS),$(PARTS:%=$(MAKE) --no-print-directory test-% &&) true)

test-core test-training: $(VENV)/test.stamp
	$(RUN) -m pytest $($(@:test-%=%))

test-nodes: $(VENV)/test.stamp
	$(RUN) -m pytest $(nodes) || { \
		echo 'nodes: what failed beside other tests is run again, alone'; \
		$(RUN) -m pytest --last-failed --last-failed-no-failures none $(WITH_NODES); }

lint: $(VENV)/test.stamp
	$(RUN) -m ruff check .

types: $(VENV)/test.stamp
	$(RUN) -m mypy

train-env: $(VENV)/training.stamp

config: | $(RUN)
	@$(RUN) -m residual_features_ros.tools.write_config

docs: $(VENV)/docs.stamp
	@$(RUN) -m mkdocs build

# A stamp is newer than the requirements that it stands for: pip runs when they have changed.
$(VENV)/%.stamp: requirements-%.txt requirements.txt requirements-demo.txt \
		requirements-training.txt requirements-evaluation.txt requirements-docs.txt \
		requirements-openvino.txt | $(RUN)
	@echo "installing the packages of $< into $(VENV), log in $(VENV)/pip.log ..."
	@$(RUN) -m pip install --disable-pip-version-check -r $< > $(VENV)/pip.log 2>&1 || { \
		grep '^ERROR' $(VENV)/pip.log; \
		echo "a package of $< cannot be installed (named above): is there a network?"; exit 1; } >&2
	@touch $@

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Python 3.11 or later is needed, found " + sys.version + "; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) demo_out demo_out_[0-9]* site build install log .cache .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
