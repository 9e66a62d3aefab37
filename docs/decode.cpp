// SPDX-FileCopyrightText: 2026 The residual_features_ros authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the PointCloud2 of "features" and "matches" in C++17 without PCL and without copies.
// With ROS take the class Rows of rows.hpp, which says how:
//
//   void onFeatures(const sensor_msgs::msg::PointCloud2 & message) {
//     Rows rows(message);
//     for (size_t i = 0; i < rows.size(); ++i) {
//       cv::KeyPoint keypoint(rows.real("x", i), rows.real("y", i), rows.real("size", i),
//                             rows.real("angle", i), rows.real("response", i),
//                             rows.integer("octave", i));   // ORB-SLAM: integer("level", i)
//       const uint8_t * descriptor = rows.bytes("descriptor", i);   // rows.count("descriptor")
//     }
//   }
//
// A level k has the size level_first_size * level_factor^k of features_info: mvScaleFactors[k] is
// level_factor^k, for k below `levels`. Messages recorded before it lack the field "level".
//
// In "matches", real("confidence", i) is the probability of a match to be right, or NaN.
//
// Descriptors of type UINT8 are binary (ORB), or floats as (q - 128) / 254: features_info tells.
//
// g++ -std=c++17 decode.cpp -o decode && ./decode MESSAGE   prints a message of a plain file.
#include <cstring>
#include <iostream>

#include "rows.hpp"

int main(int argc, char ** argv)
{
  if (argc != 2) {
    std::cerr << "usage: decode MESSAGE\n";
    return 2;
  }
  try {
    const PointCloud2 message = load(argv[1]);
    const Rows<PointCloud2> rows(message);
    std::cout.precision(9);
    for (size_t i = 0; i < rows.size(); ++i) {
      for (const auto & field : message.fields) {
        std::cout << field.name;
        for (uint32_t k = 0; k < field.count; ++k) {
          if (field.count > 1 && field.datatype == 2) {
            std::cout << ' ' << static_cast<unsigned>(rows.bytes(field.name, i)[k]);
          } else if (field.datatype == 7) {
            float value;
            std::memcpy(&value, rows.bytes(field.name, i) + 4 * k, sizeof value);
            std::cout << ' ' << value;
          } else if (field.datatype == 5) {
            std::cout << ' ' << rows.integer(field.name, i);
          } else if (field.datatype == 6) {
            std::cout << ' ' << rows.natural(field.name, i);
          }
        }
        std::cout << '\n';
      }
    }
  } catch (const std::exception & error) {
    std::cerr << "decode: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
