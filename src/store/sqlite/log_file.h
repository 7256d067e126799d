// How the write-ahead log is written: SQLite hands over each page of a commit in two pieces, and
// each would be a call of the system. They are gathered and written at once, at the latest when
// SQLite asks for a sync; nothing is told to be there before. So it is for connections that sync in
// each commit (PRAGMA synchronous=FULL) only: others' readers would look for what is not written.
#pragma once

namespace passerelle::store {

// The name of SQLite's VFS that does so; all else it leaves to the system's own.
const char* gathering_vfs();

}  // namespace passerelle::store
