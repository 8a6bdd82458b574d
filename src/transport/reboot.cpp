// SPDX-License-Identifier: Apache-2.0
#include "transport/reboot.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace douse::transport {
namespace {

// Detached and a moment later, so that this connection can still say that the order was taken.
constexpr std::string_view script = R"sh(main() {
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
for order in 'shutdown -r now' 'systemctl reboot' reboot; do
  if command -v "${order%% *}" >/dev/null 2>&1; then
    setsid /bin/sh -c "sleep 1; $order" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
    exit 0
  fi
done
exit 69
}
main </dev/null
)sh";

}  // namespace

Result<void> reboot(Session& session, Deadline deadline, std::stop_token stop) {
    TRY(const auto output, session.run("exec /bin/sh -s", script, deadline, std::move(stop)));
    if (output.exit_code == 0) return {};
    if (output.exit_code == 69) return fail(ErrorCode::unsupported, "the machine has no program that restarts it");
    return fail(ErrorCode::wrong_state, "the machine did not take the order to restart", fmt::format("code {}: {}", output.exit_code, output.err), {},
                Effect::unknown);
}

}  // namespace douse::transport
