// SPDX-FileCopyrightText: 2026 The residual_features_ros authors
// SPDX-License-Identifier: Apache-2.0
//
// Fills what ORB-SLAM3's Frame has of an image (mvKeys, mDescriptors, mvScaleFactors, ...) from a
// PointCloud2 of "features" and the JSON text of "features_info", with OpenCV's core alone.
//
// In a Frame constructor, instead of ExtractORB and what it copies from the ORBextractor:
//
//   const FrameFeatures found = frameFeatures(Rows<sensor_msgs::msg::PointCloud2>(message), info);
//   mvKeys = found.mvKeys;
//   mDescriptors = found.mDescriptors;
//   N = static_cast<int>(mvKeys.size());
//   mnScaleLevels = found.levels.mnScaleLevels;   // and the other members of the same names
//
// ORBmatcher::DescriptorDistance counts the differing bits of 32 bytes: it suits methods whose
// descriptor_encoding is "binary" and whose rows are 32 wide. Others become rows of CV_32F of
// length 1, for which the distance, TH_LOW, TH_HIGH and the vocabulary must be those of floats.
//
// g++ -std=c++17 orb_slam_frame.cpp -o orb_slam_frame $(pkg-config --cflags opencv4) -lopencv_core
// ./orb_slam_frame MESSAGE INFO   prints the frame of a plain file (rows.hpp) and a JSON file.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <iterator>

#include <opencv2/core.hpp>

#include "rows.hpp"

// The pyramid as ORBextractor tells it: level k is mfScaleFactor^k times as large as level 0.
struct ScaleLevels
{
  int mnScaleLevels = 1;
  float mfScaleFactor = 1.2f, mfLogScaleFactor = 0.f;
  std::vector<float> mvScaleFactors, mvInvScaleFactors, mvLevelSigma2, mvInvLevelSigma2;
};

struct FrameFeatures
{
  std::vector<cv::KeyPoint> mvKeys;
  cv::Mat mDescriptors;  // N x 32 CV_8U, or N x D CV_32F
  ScaleLevels levels;
};

inline ScaleLevels scaleLevels(int count, float factor)
{
  ScaleLevels levels;
  levels.mnScaleLevels = count;
  levels.mfScaleFactor = factor;
  levels.mfLogScaleFactor = std::log(factor);
  float scale = 1.f;
  for (int k = 0; k < count; ++k, scale *= factor) {
    levels.mvScaleFactors.push_back(scale);
    levels.mvInvScaleFactors.push_back(1.f / scale);
    levels.mvLevelSigma2.push_back(scale * scale);
    levels.mvInvLevelSigma2.push_back(1.f / (scale * scale));
  }
  return levels;
}

// OpenCV's parser of JSON knows no null: an empty string stands in its place.
inline std::string withoutNull(std::string json)
{
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && json.compare(i, 4, "null") == 0) {
      json.replace(i, 4, "\"\"");
      ++i;
    }
  }
  return json;
}

// The values of features_info that a frame needs; levels is 0 where it was recorded before there
// were any.
struct FeaturesInfo
{
  std::string encoding;
  double scale = 1, zeroPoint = 0, octaveFactor = 0, levelFactor = 0;
  int levels = 0;

  explicit FeaturesInfo(const std::string & json)
  {
    const cv::FileStorage file(
      withoutNull(json),
      cv::FileStorage::READ | cv::FileStorage::MEMORY | cv::FileStorage::FORMAT_JSON);
    encoding = static_cast<std::string>(file["descriptor_encoding"]);
    if (encoding != "binary" && encoding != "uint8" && encoding != "float32") {
      throw std::runtime_error("unknown descriptor_encoding '" + encoding + "'");
    }
    if (encoding == "uint8") {
      scale = number(file["descriptor_scale"]);
      zeroPoint = number(file["descriptor_zero_point"]);
    }
    octaveFactor = number(file["scale_factor"]);
    if (!file["levels"].empty()) {
      levels = static_cast<int>(number(file["levels"]));
      levelFactor = number(file["level_factor"]);
    }
  }

  static double number(const cv::FileNode & node)
  {
    if (!node.isInt() && !node.isReal()) {
      throw std::runtime_error("features_info lacks a number: descriptor_scale, "
              "descriptor_zero_point, scale_factor, levels or level_factor");
    }
    return static_cast<double>(node);
  }
};

template<typename Message>
cv::Mat descriptors(const Rows<Message> & rows, const FeaturesInfo & info)
{
  const int count = static_cast<int>(rows.size());
  const int width = static_cast<int>(rows.count("descriptor"));
  const bool bytes = rows.datatype("descriptor") == 2;
  if (bytes == (info.encoding == "float32")) {
    throw std::runtime_error("descriptors are not of the encoding " + info.encoding);
  }
  cv::Mat sent(count, width, bytes ? CV_8U : CV_32F);
  for (int i = 0; i < count; ++i) {
    std::memcpy(sent.ptr(i), rows.bytes("descriptor", i), width * sent.elemSize());
  }
  if (info.encoding != "uint8") {return sent;}
  cv::Mat floats;
  sent.convertTo(floats, CV_32F, 1 / info.scale, -info.zeroPoint / info.scale);
  for (int i = 0; i < count; ++i) {
    floats.row(i) /= std::max(cv::norm(floats.row(i)), 1e-12);
  }
  return floats;
}

template<typename Message>
FrameFeatures frameFeatures(const Rows<Message> & rows, const std::string & featuresInfo)
{
  const FeaturesInfo info(featuresInfo);
  // Levels have one factor, 1.2, whatever the method; octaves are those of its detector.
  const bool levelled = info.levels > 0 && rows.has("level");
  FrameFeatures frame;
  frame.mvKeys.reserve(rows.size());
  int levels = levelled ? info.levels : 1;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int level = rows.integer(levelled ? "level" : "octave", i);
    if (level < 0 || (levelled && level >= levels)) {
      throw std::runtime_error("a keypoint lies outside the levels of features_info");
    }
    levels = std::max(levels, level + 1);
    // Pixels, a diameter in pixels, and degrees in [0, 360) or -1: all as cv::KeyPoint has them.
    frame.mvKeys.emplace_back(
      rows.real("x", i), rows.real("y", i), rows.real("size", i), rows.real("angle", i),
      rows.real("response", i), level);
  }
  frame.mDescriptors = descriptors(rows, info);
  frame.levels = scaleLevels(
    levels, static_cast<float>(levelled ? info.levelFactor : info.octaveFactor));
  return frame;
}

// From here on: what lets this file run by itself.

int main(int argc, char ** argv)
{
  if (argc != 3) {
    std::cerr << "usage: orb_slam_frame MESSAGE INFO\n";
    return 2;
  }
  try {
    const PointCloud2 message = load(argv[1]);
    std::ifstream file(argv[2]);
    const std::string info{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const FrameFeatures frame = frameFeatures(Rows<PointCloud2>(message), info);
    std::cout.precision(9);
    const ScaleLevels & levels = frame.levels;
    std::cout << "levels " << levels.mnScaleLevels << ' ' << levels.mfScaleFactor << ' '
              << levels.mfLogScaleFactor << '\n';
    for (int k = 0; k < levels.mnScaleLevels; ++k) {
      std::cout << levels.mvScaleFactors[k] << ' ' << levels.mvInvScaleFactors[k] << ' '
                << levels.mvLevelSigma2[k] << ' ' << levels.mvInvLevelSigma2[k] << '\n';
    }
    const cv::Mat & rows = frame.mDescriptors;
    std::cout << "descriptors " << rows.rows << ' ' << rows.cols << ' ' << rows.type() << '\n';
    for (size_t i = 0; i < frame.mvKeys.size(); ++i) {
      const cv::KeyPoint & key = frame.mvKeys[i];
      std::cout << key.pt.x << ' ' << key.pt.y << ' ' << key.size << ' ' << key.angle << ' '
                << key.response << ' ' << key.octave;
      for (int k = 0; k < rows.cols; ++k) {
        const int row = static_cast<int>(i);
        std::cout << ' ' << (rows.type() == CV_8U ?
          rows.at<uint8_t>(row, k) : rows.at<float>(row, k));
      }
      std::cout << '\n';
    }
  } catch (const std::exception & error) {
    std::cerr << "orb_slam_frame: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
