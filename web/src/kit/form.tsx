// SPDX-License-Identifier: Apache-2.0
// Fields with their label and what they mean. The server judges; the page only asks for what can't be left out.
import type { ReactNode } from "react";
import {
  Button,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
  TextArea,
  TextField,
} from "react-aria-components";

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: ReactNode;
  required?: boolean;
  lines?: number;
  type?: "text" | "password" | "datetime-local";
  autoFocus?: boolean;
  mono?: boolean;
  autoComplete?: string;
}

export function Field({
  label,
  value,
  onChange,
  help,
  required,
  lines,
  type = "text",
  autoFocus,
  mono,
  autoComplete = "off",
}: FieldProps) {
  return (
    <TextField
      className={mono ? "field mono-in" : "field"}
      value={value}
      onChange={onChange}
      isRequired={required ?? false}
      type={type}
      {...(autoFocus ? { autoFocus } : {})}
      autoComplete={autoComplete}
    >
      <Label>{label}</Label>
      {lines ? <TextArea rows={lines} spellCheck={!mono} /> : <Input spellCheck={!mono} />}
      {help && (
        <Text slot="description" className="help">
          {help}
        </Text>
      )}
    </TextField>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { id: T; text: string; note?: string }[];
}

export function Choice<T extends string>({ label, value, onChange, options }: ChoiceProps<T>) {
  return (
    <Select className="field" value={value} onChange={(next) => onChange(String(next) as T)}>
      <Label>{label}</Label>
      <Button className="btn choice">
        <SelectValue>{({ selectedText }) => selectedText}</SelectValue>
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="pop">
        <ListBox className="options" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.text} className="option">
              <span>{option.text}</span>
              {option.note && <span className="dim sm">{option.note}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}

// What went wrong with an act, beside the button that was pressed.
export function Trouble({ children }: { children: ReactNode }) {
  return (
    <p className="note bad" role="alert">
      {children}
    </p>
  );
}

interface FilePickProps {
  label: string;
  onPick: (file: File | null) => void;
  accept?: string;
}

export function FilePick({ label, onPick, accept }: FilePickProps) {
  return (
    <label className="field">
      <span className="react-aria-Label">{label}</span>
      <input type="file" {...(accept ? { accept } : {})} onChange={(event) => onPick(event.target.files?.[0] ?? null)} />
    </label>
  );
}
