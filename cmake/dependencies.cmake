# SPDX-License-Identifier: Apache-2.0
# Debian's libraries. A room names what it needs with NEEDS; no room gets a library it didn't name.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)  # Boost comes with its own CMake files
endif()
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(libfyaml REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
set_property(TARGET PkgConfig::re2 PROPERTY INTERFACE_COMPILE_OPTIONS)  # its -pthread doesn't fit our precompiled headers
pkg_check_modules(libssh REQUIRED IMPORTED_TARGET libssh)
find_library(RAPIDCHECK rapidcheck REQUIRED)

add_library(need_crypto ALIAS OpenSSL::Crypto)
add_library(need_json ALIAS Boost::json)
add_library(need_boost ALIAS Boost::headers)
add_library(need_fmt ALIAS fmt::fmt)
add_library(need_sqlite ALIAS SQLite::SQLite3)
add_library(need_sodium ALIAS PkgConfig::libsodium)
add_library(need_yaml ALIAS PkgConfig::libfyaml)
add_library(need_re2 ALIAS PkgConfig::re2)
add_library(need_ssh ALIAS PkgConfig::libssh)
add_library(need_rapidcheck INTERFACE)
target_link_libraries(need_rapidcheck INTERFACE ${RAPIDCHECK})
target_compile_options(need_rapidcheck INTERFACE -Wno-deprecated-declarations)  # its aligned_storage, where C++23 says so
