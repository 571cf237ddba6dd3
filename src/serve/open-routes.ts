// Which routes are answered to everybody where the server asks for tokens: those that are marked with this, which is the
// page without anything of the model, and whether the process lives. All others are behind the lock, new ones too.

declare module "fastify" {
  interface FastifyContextConfig {
    readonly isOpen?: boolean;
  }
}

/** A route's configuration. */
export const isOpen = { isOpen: true } as const;
