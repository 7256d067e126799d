#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "base/text.h"
#include "gateway/gateway.h"

namespace passerelle::gateway {
namespace {

class FolderGateway : public Gateway {
 public:
  explicit FolderGateway(std::string folder) : folder_(std::move(folder)) {}

  Delivery deliver(const Outgoing& message) override {
    if (message.id.find_first_of("/\\\0") != std::string::npos || message.id.starts_with('.'))
      return {Outcome::refused, "the message's id cannot be a file name"};
    if (mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST)
      return {Outcome::not_delivered, "cannot make " + folder_ + ": " + std::strerror(errno)};
    const std::string path = folder_ + "/" + message.id + ".json";
    struct stat existing {};
    if (stat(path.c_str(), &existing) == 0) return {Outcome::delivered, "already there"};
    json::Document document;
    document.set_root(document.object({
        {"id", document.string(message.id)},
        {"channel", document.string(message.channel)},
        {"to", document.string(message.to)},
        {"language", document.string(message.language)},
        {"subject", document.string(message.subject)},
        {"text", document.string(message.text)},
    }));
    auto written = write_file(path, json::write(document.root(), true));
    if (!written) return {Outcome::not_delivered, written.error().message};
    return {Outcome::delivered, ""};
  }
  bool drops_repeats() const override { return true; }

 private:
  std::string folder_;
};

}  // namespace

std::unique_ptr<Gateway> make_folder_gateway(std::string folder) {
  return std::make_unique<FolderGateway>(std::move(folder));
}

}  // namespace passerelle::gateway
