// SPDX-License-Identifier: Apache-2.0
// A dialog: a question, what it would do, and the buttons. Escape and a click outside leave everything as it was.
import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

interface SheetProps {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  alert?: boolean;
  wide?: boolean;
}

export function Sheet({ title, open, onClose, children, alert, wide }: SheetProps) {
  return (
    <ModalOverlay
      className="veil"
      isOpen={open}
      isDismissable
      onOpenChange={(is) => {
        if (!is) onClose();
      }}
    >
      <Modal className={wide ? "sheet wide" : "sheet"}>
        <Dialog role={alert ? "alertdialog" : "dialog"} className="sheet-in">
          <Heading slot="title" level={2} className="sheet-title">
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

export function Acts({ children }: { children: ReactNode }) {
  return <div className="acts">{children}</div>;
}
