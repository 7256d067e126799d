// Data that several threads reach, and only under its lock: tables of names, shapes and zones that
// are made once and then looked up. Many may read at once.
//
//   Guarded<std::map<std::string, int>> ids;
//   if (const auto table = ids.read(); table->contains(name)) ...
//   ids.write()->emplace(name, 1);
#pragma once

#include <mutex>
#include <shared_mutex>

namespace passerelle {

template <class T>
class Guarded {
  template <class Data, class Lock>
  class Access {
   public:
    Access(Data& data, std::shared_mutex& mutex) : lock_(mutex), data_(data) {}
    Data* operator->() const { return &data_; }
    Data& operator*() const { return data_; }

   private:
    Lock lock_;
    Data& data_;
  };

 public:
  Access<const T, std::shared_lock<std::shared_mutex>> read() const { return {data_, mutex_}; }
  Access<T, std::unique_lock<std::shared_mutex>> write() { return {data_, mutex_}; }

 private:
  mutable std::shared_mutex mutex_;
  T data_;
};

}  // namespace passerelle
