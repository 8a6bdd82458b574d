// SPDX-License-Identifier: Apache-2.0
// Holds nothing: the precompiled headers need one source to be made with.
