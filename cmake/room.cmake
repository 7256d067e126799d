# room(NAME [HOT] USES room... LINKS library...)
#
# One folder = one layer = one library = one test program. Every *.cpp in the folder belongs to the
# library, every *_test.cpp to its test program, so that adding a file needs no list to be edited.
function(room name)
  cmake_parse_arguments(ROOM "HOT" "" "USES;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ROOM_USES PREPEND "passerelle_" OUTPUT_VARIABLE used)
  if(sources)
    add_library(passerelle_${name} STATIC ${sources})
    target_link_libraries(passerelle_${name} PUBLIC passerelle_flags ${used} ${ROOM_LINKS})
    if(ROOM_HOT)
      # GCC stops inlining in a file that has grown too much, and a file made of eight always has:
      # without this a rehearsal takes a fifth longer.
      target_compile_options(passerelle_${name} PRIVATE
        $<$<CXX_COMPILER_ID:GNU>:--param=inline-unit-growth=400>
        $<$<CXX_COMPILER_ID:GNU>:--param=large-unit-insns=1000000>)
    endif()
  else()
    add_library(passerelle_${name} INTERFACE)
    target_link_libraries(passerelle_${name} INTERFACE passerelle_flags ${used} ${ROOM_LINKS})
  endif()
  if(tests AND PASSERELLE_TESTS)
    if(CMAKE_UNITY_BUILD)
      join_tests(tests ${tests})
    endif()
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE passerelle_${name} GTest::gtest GTest::gtest_main
      GTest::gmock)
    set_target_properties(${name}_test PROPERTIES UNITY_BUILD OFF)
    target_compile_definitions(${name}_test PRIVATE PASSERELLE_ROOT="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endif()
endfunction()

# join_tests(OUT test...): sources made of eight tests each, which read the test library's headers
# once. CMake's own units will not do: tests name their helpers as they like. Those with
# SKIP_UNITY_BUILD_INCLUSION stay files of their own.
function(join_tests out)
  set(sources "")
  set(rest "")
  foreach(test IN LISTS ARGN)
    get_source_file_property(alone ${test} SKIP_UNITY_BUILD_INCLUSION)
    if(alone)
      list(APPEND sources ${test})
    else()
      list(APPEND rest ${test})
    endif()
  endforeach()
  set(script ${CMAKE_SOURCE_DIR}/cmake/join_tests.cmake)
  set(number 0)
  while(rest)
    list(SUBLIST rest 0 ${CMAKE_UNITY_BUILD_BATCH_SIZE} tests)
    list(REMOVE_ITEM rest ${tests})
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/joined_tests_${number}.cpp)
    add_custom_command(OUTPUT ${unit}
      COMMAND ${CMAKE_COMMAND} "-DTESTS=${tests}" -DOUT=${unit} -P ${script}
      DEPENDS ${tests} ${script}
      VERBATIM)
    list(APPEND sources ${unit})
    math(EXPR number "${number} + 1")
  endwhile()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()
