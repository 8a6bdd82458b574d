// SPDX-License-Identifier: Apache-2.0
// The name of the session's cookie: browsers share cookies among all ports of a host, so it holds the port. As the server makes it.
/** @param {string} url of the console */
export const sessionCookie = (url) => `douse_session_${new URL(url).port || "80"}`;
