/** The ways from the dashboard to other pages. */
export interface DashboardLinks {
  lineage: (executionId: string) => string;
  order: (clientOrderId: string) => string;
}
