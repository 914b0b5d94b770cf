// @ts-check
const tenant = 'http://localhost:3001';

// Whatever the test before has left behind: organizations are new, and nobody is logged in.
beforeEach(() => {
  cy.request('POST', `${tenant}/api/checkpoints/collaboration`, { clear_log: true });
});

it('refuses Bob at org1, where he is not a member', () => {
  cy.visit('/');
  cy.get('[data-testid="organization"]').type('org1');
  cy.get('[data-testid="continue"]').click();

  // The browser is at the tenant now: another port is another origin.
  cy.origin(tenant, () => {
    cy.get('[data-testid="connection-Okta2"]').click();
    cy.get('[data-testid="user-bob@org2.example"]').click();
  });

  // And back at the app.
  cy.get('[data-testid="error-code"]').should('have.text', 'access_denied');
});

it('opens the features of the license, for a user who is logged in at the tenant already', () => {
  // An access token for the tenant's Management API, as for Auth0's.
  const credentials = { grant_type: 'client_credentials', client_id: 'orglab-management', client_secret: 'demo' };
  cy.request('POST', `${tenant}/oauth/token`, { ...credentials, audience: `${tenant}/api/v2/` }).then(({ body }) => {
    const headers = { authorization: `Bearer ${body.access_token}` };
    const url = `${tenant}/api/v2/users-by-email?email=alice@org1.example`;
    cy.request({ url, headers }).then(({ body: [alice] }) => {
      // The response sets the cookie of a session at the tenant in the browser.
      cy.request('POST', `${tenant}/api/sessions`, { user_id: alice.user_id });
    });
  });

  cy.visit('/');
  cy.get('[data-testid="organization"]').type('org1');
  cy.get('[data-testid="continue"]').click(); // to the tenant and straight back

  cy.get('[data-testid="license-badge"]').should('contain.text', 'corporate');
});
