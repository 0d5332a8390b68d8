/** Shows one message in a form's reserved line; an error looks like one. */
export function say(form, message, kind = 'note') {
  const line = form.querySelector('.message');
  if (line.textContent !== message) line.textContent = message;
  line.classList.toggle('error', kind === 'error');
}

/** Marks the fields that have errors, says why, and goes to the first. */
export function showFieldErrors(form, errors) {
  for (const input of form.querySelectorAll('input')) {
    const messages = errors[input.name] ?? [];
    document.getElementById(input.getAttribute('aria-describedby')).textContent = messages.join(' ');
    input.setAttribute('aria-invalid', String(messages.length > 0));
  }
  form.querySelector('[aria-invalid="true"]')?.focus();
}

/** Runs what a button started, once at a time. The button is not disabled: it would lose the focus. */
export async function busy(button, work, failed) {
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  try {
    await work();
  } catch (error) {
    failed(error);
  } finally {
    button.ariaDisabled = 'false';
  }
}
