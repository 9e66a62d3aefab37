# SPDX-FileCopyrightText: 2026 The residual_features_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The whole front end as one network: image -> keypoints and descriptors, for export to ONNX.

Modules here are twins in torch of what the runtime does in numpy and compiled loops, batched over
images, for one size of image and one number of keypoints. They use what ONNX's opset 17 and
TensorRT's parser have.
"""
