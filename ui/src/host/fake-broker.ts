import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  ApprovalDto,
  ConnectionDto,
  EventTopic,
  ExternalActivityDto,
  FaultDto,
  FlattenDto,
  OrderDto,
  OrderStoryDto,
  QuestionsDto,
  StatusDto,
} from "@/gen/types";

/** What the pages of the broker show, kept as files. */
export interface BrokerRecording {
  status: StatusDto;
  orders: OrderDto[];
  /** By client order id; an order without one has nothing but itself to tell. */
  stories: Record<string, Omit<OrderStoryDto, "order">>;
  external: ExternalActivityDto;
  approvals: ApprovalDto[];
  questions: QuestionsDto;
  connection: ConnectionDto;
  faults: FaultDto[];
  flatten: FlattenDto;
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type BrokerCommand =
  | "orders_list"
  | "order_get"
  | "order_cancel"
  | "order_modify"
  | "external_activity_list"
  | "approvals_list"
  | "approval_decide"
  | "questions_list"
  | "question_answer"
  | "question_allow"
  | "connection_get"
  | "connection_check"
  | "connection_set"
  | "connection_take_over"
  | "certificate_trust"
  | "account_select"
  | "reconcile"
  | "live_arm"
  | "live_disarm"
  | "flatten"
  | "faults_list"
  | "fault_set";

/** Answers from a recording. Nothing is decided and nothing is traded here. */
export function brokerAnswers(
  recording: () => BrokerRecording,
  fail: Fail,
  emit: (topic: EventTopic) => void,
): { [K in BrokerCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const order = (id: string): OrderDto => {
    const { orders, external } = recording();
    return (
      [...orders, ...external.orders].find((each) => each.client_order_id === id) ??
      fail("not_found", `There is no order called "${id}".`, "Choose one from the list.")
    );
  };
  const connection = (change: Partial<ConnectionDto> = {}): ConnectionDto => {
    const known = recording().connection;
    Object.assign(known, change);
    return known;
  };
  return {
    orders_list: () => recording().orders,
    order_get: ({ client_order_id: id }) => ({
      order: order(id),
      ...(recording().stories[id] ?? {
        group: [],
        events: [],
        fills: [],
        questions: [],
        evidence: [],
      }),
    }),
    order_cancel: ({ client_order_id: id }) =>
      Object.assign(order(id), { status: "pending_cancel" }),
    order_modify: ({ client_order_id: id, price, quantity }) => {
      const found = order(id);
      return Object.assign(found, {
        price: price ?? found.price,
        quantity: quantity ?? found.quantity,
      });
    },
    external_activity_list: () => recording().external,
    approvals_list: () => recording().approvals,
    approval_decide: ({ execution_id: id, approve }) => {
      const { approvals, status } = recording();
      const found =
        approvals.find((each) => each.execution_id === id) ??
        fail("not_found", `No order of "${id}" waits.`);
      return Object.assign(found, {
        status: approve ? "approved" : "declined",
        decided_at: status.now,
      });
    },
    questions_list: () => recording().questions,
    question_answer: ({ question_id: id }) => {
      const { questions } = recording();
      questions.open = questions.open.filter((each) => each.question_id !== id);
      return questions;
    },
    question_allow: ({ message_id: id, is_on }) => {
      const { questions } = recording();
      for (const each of questions.allowed) if (each.message_id === id) each.is_on = is_on;
      return questions;
    },
    connection_get: () => connection(),
    connection_check: () => connection(),
    connection_set: (next) => {
      const { environment, gateway } = connection();
      const same =
        next.environment === environment && (next.address === null || next.address === gateway);
      return connection({ next_start: same ? null : next });
    },
    connection_take_over: () =>
      connection({ state: "ready", words: "The session is open.", action: null }),
    certificate_trust: ({ fingerprint }) => {
      const { certificate } = connection();
      return connection({
        certificate: certificate === null ? null : { ...certificate, pinned: fingerprint },
      });
    },
    account_select: ({ account_id: id }) =>
      connection({
        accounts: connection().accounts.map((each) => ({
          ...each,
          is_selected: each.account_id === id,
        })),
      }),
    reconcile: () => connection(),
    live_arm: (request) =>
      connection({
        arming: {
          account_id: request.typed_account_id,
          is_armed: true,
          armed_at: recording().status.now,
          ends_at: request.ends_at,
          maximum_order_value: request.maximum_order_value,
          maximum_entries_per_day: request.maximum_entries_per_day,
          maximum_daily_loss: request.maximum_daily_loss,
        },
      }),
    live_disarm: () => {
      const { arming } = connection();
      return connection({ arming: arming === null ? null : { ...arming, is_armed: false } });
    },
    flatten: ({ account_id: id }) => {
      const { status, flatten } = recording();
      if (id !== status.account_id)
        fail("invalid_request", `"${id}" is not the account that is traded.`);
      return flatten;
    },
    faults_list: () => recording().faults,
    fault_set: ({ name, is_on, from, until }) => {
      const { faults, status } = recording();
      const found =
        faults.find((each) => each.name === name) ??
        fail("not_found", `There is no fault called "${name}".`);
      const later = from !== null && from > status.now;
      Object.assign(found, { is_on: is_on && !later, from: later ? from : null, until });
      emit("connection");
      return faults;
    },
  };
}
