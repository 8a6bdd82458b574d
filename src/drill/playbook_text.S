/* SPDX-License-Identifier: Apache-2.0 */
/* The drill's playbook as it stands in playbooks/, inside the program: a drill needs no files beside it. */
    .section .rodata
    .global douse_drill_playbook_begin
    .global douse_drill_playbook_end
douse_drill_playbook_begin:
    .incbin "playbooks/drill.yaml"
douse_drill_playbook_end:
    .section .note.GNU-stack,"",%progbits
