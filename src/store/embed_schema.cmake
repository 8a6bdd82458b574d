# SPDX-License-Identifier: Apache-2.0
# cmake -DOUT=FILE.cpp -DFILES=a.sql|b.sql -P embed_schema.cmake: writes the migrations as string literals, in order.
string(REPLACE "|" ";" FILES "${FILES}")
set(rows "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(REGEX MATCH "^[0-9]+" number ${name})
  string(REGEX REPLACE "^0+" "" number ${number})
  file(READ ${file} text)
  string(APPEND rows "    {${number}, \"${name}\", R\"sql(${text})sql\"},\n")
endforeach()
file(WRITE ${OUT} "// SPDX-License-Identifier: Apache-2.0
#include \"store/schema.hpp\"

#include <array>

namespace douse::store {
namespace {
constexpr auto files = std::to_array<Migration>({
${rows}});
}  // namespace
std::span<const Migration> migrations() { return files; }
}  // namespace douse::store
")
