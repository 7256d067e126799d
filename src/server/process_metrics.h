// What the system knows of this process, by the names that Prometheus's own clients use.
#pragma once

namespace passerelle::server {

class Exposition;

void note_start();  // once, when the program begins
void add_process(Exposition& out);

}  // namespace passerelle::server
