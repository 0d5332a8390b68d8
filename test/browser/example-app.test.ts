import { expect, it } from 'vitest';

import { browserSuite, openProfile } from './browser.js';
import { addUser, exhaustAttempts, ExampleTab, PASSWORD, serveExample, setActive } from './example-page.js';

// Time for the list of devices to be asked for again, by itself.
const REFETCH = { timeout: 30_000 };

browserSuite('the sign-in form', () => {
  it('signs in, keeps the session over a reload, and signs out in all tabs', async () => {
    const server = await serveExample();
    const profile = await openProfile();
    const tab = await ExampleTab.open(profile, server);
    await tab.heading('Sign in').waitFor();
    expect(await tab.text('Try testuser with testpass123.').isVisible()).toBe(true);
    const other = await ExampleTab.open(profile, server);
    await tab.signIn();
    await tab.text('testuser').waitFor();
    await other.heading('Your notes').waitFor();
    await tab.page.reload();
    await tab.heading('Your notes').waitFor();

    await tab.button('Sign out').click();
    await tab.text('You have signed out.').waitFor();
    await other.text('You have been signed out in another tab.').waitFor();
    await tab.page.reload();
    await tab.heading('Sign in').waitFor();
    expect(await tab.page.evaluate(() => JSON.stringify(localStorage))).not.toContain('eyJ');
    expect([...tab.faults, ...other.faults]).toEqual([]);
  });

  it('says what is wrong with a password, a field and an account, and where to go on', async () => {
    const server = await serveExample();
    const tab = await ExampleTab.open(await openProfile(), server);
    await tab.submit('testuser', 'wrong');
    await tab.alert.getByText('Unable to log in with provided credentials.').waitFor();
    await expect.poll(() => tab.password.evaluate((input) => input === document.activeElement)).toBe(true);

    await tab.submit('disabled', PASSWORD);
    await tab.alert.getByText('User account is disabled.').waitFor();

    await tab.submit('', 'x');
    await tab.text('This field may not be blank.').waitFor();
    await expect.poll(() => tab.username.getAttribute('aria-invalid')).toBe('true');
    expect(await tab.password.getAttribute('aria-invalid')).not.toBe('true');
    await expect.poll(() => tab.username.evaluate((input) => input === document.activeElement)).toBe(true);
    const described = tab.username.evaluate((input) => (input.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent));
    expect((await described).join(' ')).toContain('This field may not be blank.');

    await tab.submit('testuser', '');
    await expect.poll(() => tab.password.getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => tab.username.getAttribute('aria-invalid')).not.toBe('true');
    await tab.signIn();
    expect(tab.faults).toEqual([]);
  });

  it('counts down until the next attempt where there were too many', async () => {
    const server = await serveExample();
    await exhaustAttempts(server, 'testuser');
    const tab = await ExampleTab.open(await openProfile(), server);
    await tab.page.clock.install();
    await tab.page.reload();
    await tab.submit('testuser', PASSWORD);
    await tab.alert.getByText(/Too many attempts\. Try again in 15 minutes\./).waitFor();
    await tab.page.clock.fastForward('05:00');
    await tab.alert.getByText(/Too many attempts\. Try again in (9|10) minutes\./).waitFor();
    await tab.page.clock.fastForward('09:00');
    await tab.alert.getByText(/Too many attempts\. Try again in .*(second|minute)/).waitFor();
    expect(tab.faults).toEqual([]);
  });

  it('says that the server cannot be reached, and works when it can be again', async () => {
    const server = await serveExample();
    const profile = await openProfile();
    const tab = await ExampleTab.open(profile, server);
    await profile.setOffline(true);
    await tab.submit('testuser', PASSWORD);
    await tab.alert.getByText('The server cannot be reached. Check your connection and try again.').waitFor();
    await profile.setOffline(false);
    await tab.signIn();
  });

  it('and everything behind it can be used by keyboard alone', async () => {
    const server = await serveExample();
    const tab = await ExampleTab.open(await openProfile(), server);
    const { keyboard } = tab.page;
    await tab.heading('Sign in').waitFor();
    const focused = (): Promise<string> =>
      tab.page.evaluate(() => {
        const element = document.activeElement;
        const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
        return (element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '').trim();
      });
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 25 && (await focused()) !== name; presses += 1) await keyboard.press('Tab');
      expect(await focused()).toBe(name);
      // Whoever has no mouse sees where he is.
      expect(await tab.page.evaluate(() => document.activeElement?.matches(':focus-visible'))).toBe(true);
    };
    await tabTo('Username');
    await keyboard.type('testuser');
    await tabTo('Password');
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await tab.heading('Your notes').waitFor();

    await tabTo('New note');
    await keyboard.type('By keyboard');
    await keyboard.press('Enter');
    await tab.button('Delete: By keyboard').waitFor();
    await tabTo('Delete: By keyboard');
    await keyboard.press('Enter');
    await tab.button('Delete: By keyboard').waitFor({ state: 'detached' });
    // The focus is not lost with the button.
    await expect.poll(() => tab.page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');
    await keyboard.press('Shift+Tab');
    await tabTo('Sign out everywhere');
    await keyboard.press('Enter');
    await tab.heading('Sign in').waitFor();
  });
});

browserSuite('behind the sign-in', () => {
  it('notes are added and deleted, and are their owner\'s alone', async () => {
    const server = await serveExample();
    await addUser(server, 'grace');
    const profile = await openProfile();
    const tab = await ExampleTab.openSignedIn(profile, server);
    await tab.addNote('Buy milk');
    await tab.addNote('<b>Sell</b> milk');
    expect(await tab.text('<b>Sell</b> milk').isVisible()).toBe(true);
    await tab.button('Delete: Buy milk').click();
    await tab.button('Delete: Buy milk').waitFor({ state: 'detached' });
    await tab.page.reload();
    await tab.button('Delete: <b>Sell</b> milk').waitFor();
    expect(await tab.button('Delete: Buy milk').count()).toBe(0);

    // Another user, signed in elsewhere in the browser, never sees them, not even for a moment.
    const other = await ExampleTab.open(profile, server);
    await other.button('Delete: <b>Sell</b> milk').waitFor();
    await other.page.evaluate(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => seen.push(document.body.innerText)).observe(document.body, { childList: true, subtree: true, characterData: true });
    });
    await tab.button('Sign out').click();
    await tab.signIn('grace');
    await tab.text('grace').waitFor();
    await other.text('grace').waitFor();
    await tab.addNote('Of grace');
    await other.wake();
    await other.button('Delete: Of grace').waitFor();
    const seen = await other.page.evaluate(() => (window as unknown as { seen: string[] }).seen);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter((text) => text.includes('grace') && text.includes('Sell'))).toEqual([]);
    expect([...tab.faults, ...other.faults]).toEqual([]);
  });

  it('another browser appears among the devices, and is signed out from here, there by itself', async () => {
    const server = await serveExample();
    const here = await ExampleTab.openSignedIn(await openProfile(), server);
    await here.text('This device').waitFor();
    expect(await here.otherDevices.count()).toBe(0);
    const there = await ExampleTab.openSignedIn(await openProfile(), server);
    await here.wake();
    await here.otherDevices.waitFor(REFETCH);
    await here.otherDevices.click();
    await here.otherDevices.waitFor({ state: 'detached' });
    // Nobody touches the other browser.
    await there.text('You have been signed out from another device or by an administrator. Sign in again.').waitFor(REFETCH);
    await here.addNote('Still here');
    expect([...here.faults, ...there.faults]).toEqual([]);
  });

  it('"Sign out everywhere" ends this session and the others', async () => {
    const server = await serveExample();
    const here = await ExampleTab.openSignedIn(await openProfile(), server);
    const there = await ExampleTab.openSignedIn(await openProfile(), server);
    await here.button('Sign out everywhere').click();
    await here.heading('Sign in').waitFor();
    await there.text('You have been signed out from another device or by an administrator. Sign in again.').waitFor(REFETCH);
  });

  it('a user who is disabled is signed out by himself, and told', async () => {
    const server = await serveExample();
    const tab = await ExampleTab.openSignedIn(await openProfile(), server);
    await setActive(server, 'testuser', false);
    await tab.text('User account is disabled.').waitFor(REFETCH);
    await setActive(server, 'testuser', true);
    await tab.signIn();
  });

  it('a session that has run out is told at the next visit', async () => {
    const server = await serveExample();
    const tab = await ExampleTab.openSignedIn(await openProfile(), server);
    await tab.expireTokens();
    await tab.page.reload();
    await tab.text('Your session has expired. Sign in again.').waitFor();
  });

  it('"Refresh now" puts off the renewal', async () => {
    const server = await serveExample();
    const tab = await ExampleTab.openSignedIn(await openProfile(), server);
    const tokenOf = (): Promise<string | null> => tab.page.evaluate(() => localStorage.getItem('jwt_token'));
    const before = await tokenOf();
    await tab.text(/Token good for/).waitFor();
    await tab.button('Refresh now').click();
    await expect.poll(tokenOf).not.toBe(before);
    await tab.addNote('With the new token');
    expect(tab.faults).toEqual([]);
  });

  it('being offline is said, and passes', async () => {
    const server = await serveExample();
    const profile = await openProfile();
    const tab = await ExampleTab.openSignedIn(profile, server);
    await tab.addNote('Before');
    const banner = tab.page.getByRole('status').filter({ hasText: 'You are offline. Changes are not saved until the connection is back.' });
    await profile.setOffline(true);
    await banner.waitFor();
    await profile.setOffline(false);
    await banner.waitFor({ state: 'hidden' });
    await tab.addNote('After');
    await tab.page.reload();
    await tab.button('Delete: Before').waitFor();
    await tab.button('Delete: After').waitFor();
  });

  it('a sign-out of which the server could not be told is said', async () => {
    const server = await serveExample();
    const profile = await openProfile();
    const tab = await ExampleTab.openSignedIn(profile, server);
    await profile.setOffline(true);
    await tab.button('Sign out').click();
    await tab.text('You have signed out here. The server could not be told; there the session ends by itself.').waitFor();
    expect(await tab.page.evaluate(() => JSON.stringify(localStorage))).not.toContain('eyJ');
  });
});

browserSuite('the example app in cookie mode', () => {
  it('works, and leaves no token to a script', async () => {
    const server = await serveExample({ cookieMode: true });
    const profile = await openProfile();
    const tab = await ExampleTab.openSignedIn(profile, server);
    await tab.addNote('By cookie');
    await tab.page.reload();
    await tab.button('Delete: By cookie').waitFor();
    expect(await tab.page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie)).not.toContain('eyJ');
    const other = await ExampleTab.open(profile, server);
    await other.button('Delete: By cookie').waitFor();
    await tab.button('Sign out').click();
    await other.text('You have been signed out in another tab.').waitFor();
    expect(await profile.cookies()).toEqual([]);
  });
});
