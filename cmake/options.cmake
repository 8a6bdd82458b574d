# SPDX-License-Identifier: Apache-2.0
# project_options: every compile and link flag of the project, once.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "g++ 12 destroys temporaries twice inside co_await expressions; use clang++-19 (cmake --preset dev)")
endif()
set(DOUSE_SANITIZE "" CACHE STRING "sanitizers, as clang's -fsanitize takes them")
option(DOUSE_WERROR "warnings are errors; scripts/build sets it where CI is set" OFF)
option(DOUSE_PCH "use precompiled headers" ON)
option(DOUSE_FUZZ "build the libFuzzer targets" OFF)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # no -DNDEBUG: asserts stay on, see docs/conventions.md 5
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

add_library(project_options INTERFACE)
target_compile_options(project_options INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wshadow;-Wnon-virtual-dtor;-Wthread-safety>"
  "$<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers;-Wno-missing-designated-field-initializers>"
  "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
if(DOUSE_WERROR)
  target_compile_options(project_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(DOUSE_SANITIZE)
  target_compile_options(project_options INTERFACE -fsanitize=${DOUSE_SANITIZE} -fno-omit-frame-pointer -O1)
  target_link_options(project_options INTERFACE -fsanitize=${DOUSE_SANITIZE})
endif()
if(DOUSE_FUZZ)
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
find_program(MOLD mold)
find_program(LLD ld.lld-19)
if(MOLD)
  target_link_options(project_options INTERFACE -fuse-ld=mold)
elseif(LLD)
  target_link_options(project_options INTERFACE -fuse-ld=${LLD})
endif()
find_package(Threads REQUIRED)
target_link_libraries(project_options INTERFACE Threads::Threads)
