// SPDX-License-Identifier: Apache-2.0
import type { Role } from "../../api";

export const roleNames: Record<Role, string> = {
  owner: "Incident Owner",
  deputy: "Deputy",
  lead: "Group lead",
  reader: "Reader",
};
