# cmake "-DTESTS=a_test.cpp;b_test.cpp" -DOUT=unit.cpp -P join_tests.cmake
#
# Writes one C++ source made of several tests. What a file has in its unnamed namespace is put into
# one that is named after the file, so that helpers of the same name do not meet. Messages and
# __FILE__ name the file itself, as if it had been compiled alone.
set(unit "// Made by cmake/join_tests.cmake.\n")
foreach(test IN LISTS TESTS)
  file(READ ${test} text)
  get_filename_component(name ${test} NAME_WE)
  string(REPLACE "\nnamespace {\n" "\nnamespace of_${name} { namespace {\n" text "${text}")
  string(REPLACE "\n}  // namespace\n" "\n} }  // namespace\n" text "${text}")
  string(APPEND unit "#line 1 \"${test}\"\n${text}")
endforeach()
file(WRITE ${OUT} "${unit}")
