import { useId } from 'react';
import type { ComponentProps, ReactNode } from 'react';

interface FieldProps extends ComponentProps<'input'> {
  label: string;
  errors?: string[] | undefined;
  /** What stands in the field's right end. */
  children?: ReactNode;
}

/** A labelled input with room for what is wrong with it. */
export function Field({ label, errors = [], children, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="control">
        <input id={id} aria-describedby={`${id}-error`} aria-invalid={errors.length > 0} {...input} />
        {children}
      </div>
      <p id={`${id}-error`} className="message error">
        {errors.join(' ')}
      </p>
    </div>
  );
}
