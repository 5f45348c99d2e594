// What the server says, as the HTTP contract names it. Times are RFC 3339 with Z, points WGS 84.

export type LonLat = { lon: number; lat: number };

export type Role = "call_taker" | "dispatcher" | "crew" | "supervisor" | "planner" | "administrator" | "telephony";

export type Opd = { id: number; code: string; name: string; kind: string };

export type Me = {
  id: number;
  username: string;
  name: string;
  role: Role;
  opd: Opd | null;
  unit: { id: number; call_sign: string } | null;
};

export type City = {
  name: string;
  code: string;
  is_invented: boolean;
  is_demonstration: boolean;
  attribution: string;
  bounds: [number, number, number, number];
  centre: LonLat;
  time_zone: string;
  zone_label: string;
  clock: { now: string; speed: number };
  import_id: number;
  notes: string[];
  road_nodes: number;
  drives_left: boolean;
};

export type Need = { capability: string; count: number };

export type IncidentType = {
  code: string;
  label_id: string;
  label_en: string;
  icon: string;
  default_priority: Priority;
  needs: Need[];
};

export type Labelled = { code: string; label_id: string; label_en: string };

export type Target = { code: string; priority: Priority | null; target_s: number };

export type Reference = {
  incident_types: IncidentType[];
  opds: Opd[];
  capabilities: Labelled[];
  call_classes: CallClass[];
  call_next: Record<string, string[]>;
  incident_next: Record<string, string[]>;
  assignment_next: Record<string, string[]>;
  silent_steps: Labelled[];
  decline_reasons: Labelled[];
  clocks: Target[];
};

export type Priority = 1 | 2 | 3;
export type CallClass = "emergency" | "information" | "prank" | "ghost" | "test" | "wrong_area";

export type Call = {
  id: number;
  state: "RINGING" | "ANSWERED" | "CLASSIFIED" | "LINKED" | "HANDED_OVER" | "WRAP_UP" | "CLOSED" | "ABANDONED";
  call_class: CallClass | null;
  operator: string | null;
  received_at: string;
  answered_at: string | null;
  classified_at: string | null;
  linked_at: string | null;
  closed_at: string | null;
  taken_by: { id: number; name: string } | null;
  incident_id: number | null;
  incident_number: string | null;
  caller_id: number | null;
  position: LonLat | null;
  position_uncertainty_m: number | null;
  position_source: string | null;
  note: string | null;
  silent_steps: string[] | null;
};

export type Caller = {
  caller_id: number;
  number: string | null;
  name: string | null;
  address: string | null;
  words: string | null;
  landmark: string | null;
  earlier_calls: { id: number; received_at: string; call_class: CallClass | null }[];
};

export type IncidentTimes = {
  [key in `${"created" | "opened" | "escalated" | "received" | "verified" | "dispatched" | "en_route" | "on_scene" | "under_control" | "resolved" | "closed"}_at`]?: string | null;
};

export type Incident = {
  id: number;
  number: string;
  short: string;
  type: string;
  priority: Priority;
  state: string;
  state_since: string;
  created_at: string;
  tkp: LonLat | null;
  tkp_label: string | null;
  tkp_areas: string[] | null;
  tkp_method: string | null;
  tkp_uncertainty_m: number | null;
  caller_id: number | null;
  opds: { opd_id: number; state: string; state_since: string }[];
  times: IncidentTimes;
  needs: Need[];
  report: { summary: string; victims?: number; actions?: string } | null;
  call_count: number;
};

/** A line of the chronology: the journal's kind, and whom it was about. */
export type Moment = { at: string; kind: string; actor_name: string | null; call_sign: string | null; status: string | null };

export type IncidentDetail = Incident & {
  words: string | null;
  landmark: string | null;
  caller_number_masked: string | null;
  calls: { id: number; received_at: string }[];
  assignments: Assignment[];
  chronology: Moment[];
  duplicates: { incident_id: number; number: string; type: string; distance_m: number; age_s: number }[];
};

export type Nearby = { incident: Incident; distance_m: number; age_s: number };

export type AssignmentStatus =
  | "SENT" | "DELIVERED" | "ACCEPTED" | "DECLINED" | "TIMED_OUT" | "EN_ROUTE" | "STAGED" | "ON_SCENE" | "AT_PATIENT"
  | "TRANSPORTING" | "AT_FACILITY" | "RESOLVED" | "CLEAR" | "RETURNING" | "IN_QUARTERS" | "CANCELLED" | "DIVERTED";

export type EtaSource = "road" | "straight_line";

/** A step that the motion of a unit speaks for, until somebody confirms or dismisses it. */
export type Proposal = {
  id: number;
  status: AssignmentStatus;
  at: string; // by the first fix that shows it
  evidence: { distance_m: number; accuracy_m: number | null; fixes: number | null; fixed_at: string; lon: number; lat: number };
};

export type Assignment = {
  id: number;
  incident_id: number;
  incident_number: string;
  unit_id: number;
  call_sign: string;
  opd_id: number;
  status: AssignmentStatus;
  status_since: string;
  sent_at: string;
  sent_by_name: string | null;
  eta_s_when_sent: number | null;
  eta_source: EtaSource | null;
  times: { [status in AssignmentStatus]?: string };
  holds_unit: boolean;
  proposals: Proposal[];
};

export type Position = LonLat & {
  fixed_at: string;
  received_at: string;
  accuracy_m: number | null;
  speed_mps: number | null;
  bearing_deg: number | null;
  battery: number | null;
};

export type Availability =
  | "AVAILABLE" | "STANDBY" | "ASSIGNED" | "ON_SCENE" | "LIMITED" | "OUT_OF_SERVICE" | "OFF_DUTY";

export type Unit = {
  id: number;
  call_sign: string;
  opd_id: number;
  opd_code: string;
  opd_kind: string;
  profile: string;
  capabilities: string[];
  post_name: string | null;
  post: LonLat | null;
  service: string;
  service_reason: string | null;
  availability: Availability;
  assignment_id: number | null;
  position: Position | null;
};

/** What a unit does by its newest fix. */
export type UnitMotion = {
  unit_id: number;
  fixed_at: string;
  is_moving: boolean;
  since: string;
  road: LonLat | null;
  road_m: number | null;
  there_since: string | null;
  home_since: string | null;
};

export type Eta = { assignment_id: number; eta_s: number | null; distance_m: number | null; eta_source: EtaSource; at: string };

export type RankedUnit = {
  rank: number;
  unit: Unit;
  capabilities: string[];
  eta_s: number | null;
  distance_m: number | null;
  eta_source: EtaSource;
  fix_age_s: number | null;
  eta_soonest_s: number | null; // where its fix is old: between when and when it can be there
  eta_latest_s: number | null;
  reasons: { code: string; text_id: string; text_en: string }[];
  may_assign: boolean;
};

export type Recommendations = {
  incident_id: number;
  needs: { capability: string; count: number; assigned: number }[];
  computed_at: string;
  units: RankedUnit[];
};

export type Route = {
  type: "Feature";
  geometry: { type: "LineString"; coordinates: [number, number][] };
  properties: { eta_s: number | null; length_m: number | null; streets: string[]; eta_source: EtaSource };
};

export type Place = {
  type: "Feature";
  geometry: { type: "Point"; coordinates: [number, number] };
  properties: {
    label: string;
    kind: string;
    uncertainty_m: number | null;
    confidence?: number;
    why?: string;
    areas: string[];
    id?: string | number;
  };
};

/** A name that the centre added to those of the map. */
export type LocalName = {
  id: number;
  name: string;
  lon: number;
  lat: number;
  uncertainty_m: number;
  state: "PROPOSED" | "APPROVED" | "REJECTED";
  incident_id: number | null;
  proposed_by: string;
  proposed_at: string;
};

export type Duty = {
  unit: Unit;
  assignment: Assignment | null;
  returning: Assignment | null; // ended, and a step of the way home is proposed
  incident:
    | (Pick<Incident, "id" | "number" | "type" | "priority" | "tkp" | "tkp_label" | "tkp_areas" | "tkp_uncertainty_m"> & {
        words: string | null;
        landmark: string | null;
      })
    | null;
  ping_interval_s: number;
  queue_max: number;
};

export type Snapshot = {
  id: number;
  now: string;
  speed: number;
  calls: Call[];
  incidents: Incident[];
  assignments: Assignment[];
  units: Unit[];
};

export type Change = {
  id: number;
  at: string;
  kind: string;
  object: "call" | "incident" | "assignment" | "unit" | "device" | "account" | "city" | "local_name" | "retention";
  object_id: number;
  actor: unknown;
  value: unknown;
};

export type Positions = { positions: ({ unit_id: number } & Position)[]; etas: Eta[] };

export type Overview = {
  at: string;
  day: string;
  signed_in: {
    account_id: number;
    name: string;
    role: Role;
    opd_code: string | null;
    signed_in_at: string;
    last_seen_at: string;
    is_live: boolean;
  }[];
  calls: { total: number; by_class: Record<string, number>; open: number; ringing: number };
  units: { available: number; total: number };
  clocks: {
    code: string;
    priority: Priority | null;
    target_s: number;
    target_share: number | null;
    count: number;
    p50_s: number | null;
    p90_s: number | null;
    within_share: number | null;
  }[];
  hours: { hour: number; calls: number; incidents: number }[];
};
