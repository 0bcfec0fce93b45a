/** The workspaces of an app, from which a person chooses. */
export interface WorkspaceList {
  readonly app: string;
  readonly workspaces: readonly WorkspaceName[];
  /** The one that was chosen last; where none was, the app's default. */
  readonly last: string;
  /** How a workspace is now. Nothing is locked or made by looking. */
  look(workspace: string): WorkspaceGlance;
}

export interface WorkspaceName {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
}

/** Times are milliseconds since 1970. */
export interface WorkspaceGlance {
  /** When its data last changed; `seed` for what is made from the app's files at first use. */
  readonly data: { readonly at: number } | 'seed' | 'missing';
  /** When its catalog was last written. */
  readonly catalogAt?: number;
  readonly lastRun?: { readonly at: number; readonly status: string; readonly prompt: string };
  /** Approvals that wait for a decision. */
  readonly pending: number;
  /** Why its record cannot be read. */
  readonly fault?: string;
}
