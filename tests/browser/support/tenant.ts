import { type Page, expect } from '@playwright/test';

/** The demo tenant, and what an instructor does on its dashboard, in a browser of their own. */
export class Tenant {
  private page: Page | undefined;

  constructor(
    readonly url: string,
    private readonly newPerson: () => Promise<Page>,
  ) {}

  /** The dashboard as it is now. */
  async dashboard(): Promise<Page> {
    this.page ??= await this.newPerson();
    await this.page.goto(this.url);
    return this.page;
  }

  /** Enables a connection for an organization, with auto-membership as it is preselected: off. */
  async enable(organization: string, connection: string): Promise<void> {
    await this.turn(`enable-${organization}-${connection}`, `disable-${organization}-${connection}`);
  }

  async disable(organization: string, connection: string): Promise<void> {
    await this.turn(`disable-${organization}-${connection}`, `enable-${organization}-${connection}`);
  }

  async addMember(organization: string, email: string): Promise<void> {
    await this.turn(`add-member-${organization}-${email}`, `remove-member-${organization}-${email}`);
  }

  async removeMember(organization: string, email: string): Promise<void> {
    await this.turn(`remove-member-${organization}-${email}`, `add-member-${organization}-${email}`);
  }

  /** Presses a button that its opposite then takes the place of. */
  private async turn(button: string, opposite: string): Promise<void> {
    const dashboard = await this.dashboard();
    await dashboard.getByTestId(button).click();
    await expect(dashboard.getByTestId(opposite)).toBeVisible();
    await expect(dashboard.getByTestId(button)).toHaveCount(0);
  }
}
