// SPDX-FileCopyrightText: 2026 The residual_features_ros authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows of a sensor_msgs/PointCloud2 of "features" or "matches" in C++17, without PCL and
// copies. The structs stand in for sensor_msgs::msg::PointCloud2 and PointField, so that this file
// compiles without ROS; with ROS include <sensor_msgs/msg/point_cloud2.hpp> instead and keep the
// class Rows as it is. decode.cpp and orb_slam_frame.cpp use it.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct PointField
{
  std::string name;
  uint32_t offset;
  uint8_t datatype;
  uint32_t count;
};

struct PointCloud2
{
  uint32_t height = 1, width = 0, point_step = 0;
  std::vector<PointField> fields;
  std::vector<uint8_t> data;
};

// One row per keypoint or match. Offsets come from the message, never from a struct of ours: a
// later version may have more fields.
template<typename Message>
class Rows
{
public:
  explicit Rows(const Message & message)
  : message_(message)
  {
    const size_t step = message.point_step;
    if (message.height != 1 || message.data.size() < step * message.width) {
      throw std::runtime_error("not a message of features or matches");
    }
    for (const auto & field : message.fields) {
      fields_[field.name] = {field.offset, field.datatype, field.count};
      if (field.offset + width(field.datatype) * field.count > step) {
        throw std::runtime_error("field " + field.name + " lies outside its row");
      }
    }
  }

  size_t size() const {return message_.width;}
  bool has(const std::string & name) const {return fields_.count(name) > 0;}
  uint32_t count(const std::string & name) const {return find(name).count;}
  uint8_t datatype(const std::string & name) const {return find(name).datatype;}

  float real(const std::string & name, size_t row) const {return read<float>(name, row, 7);}
  int32_t integer(const std::string & name, size_t row) const {return read<int32_t>(name, row, 5);}
  uint32_t natural(const std::string & name, size_t row) const
  {
    return read<uint32_t>(name, row, 6);
  }

  const uint8_t * bytes(const std::string & name, size_t row) const
  {
    return message_.data.data() + row * message_.point_step + find(name).offset;
  }

private:
  struct Field
  {
    uint32_t offset;
    uint8_t datatype;
    uint32_t count;
  };

  static size_t width(uint8_t datatype)
  {
    static const size_t widths[] = {0, 1, 1, 2, 2, 4, 4, 4, 8};  // INT8 ... FLOAT64
    if (datatype < 1 || datatype > 8) {throw std::runtime_error("unknown datatype");}
    return widths[datatype];
  }

  const Field & find(const std::string & name) const
  {
    const auto found = fields_.find(name);
    if (found == fields_.end()) {throw std::runtime_error("no field " + name);}
    return found->second;
  }

  template<typename T>
  T read(const std::string & name, size_t row, uint8_t datatype) const
  {
    if (find(name).datatype != datatype) {
      throw std::runtime_error("field " + name + " is of another type");
    }
    T value;
    std::memcpy(&value, bytes(name, row), sizeof value);  // rows are not aligned
    return value;
  }

  const Message & message_;
  std::map<std::string, Field> fields_;
};

// What lets the examples run by themselves: a message of a plain file.
//   fields F, then F lines "name offset datatype count", then "width point_step", then the data.
inline PointCloud2 load(const char * path)
{
  std::ifstream file(path, std::ios::binary);
  std::string word;
  size_t fields = 0;
  PointCloud2 message;
  if (!(file >> word >> fields) || word != "fields") {throw std::runtime_error("not a message");}
  for (size_t i = 0; i < fields; ++i) {
    PointField field;
    unsigned datatype = 0;
    file >> field.name >> field.offset >> datatype >> field.count;
    field.datatype = static_cast<uint8_t>(datatype);
    message.fields.push_back(field);
  }
  file >> message.width >> message.point_step;
  file.get();  // the end of the line
  message.data.resize(static_cast<size_t>(message.width) * message.point_step);
  file.read(reinterpret_cast<char *>(message.data.data()),
    static_cast<std::streamsize>(message.data.size()));
  if (!file) {throw std::runtime_error("the file is too short");}
  return message;
}
