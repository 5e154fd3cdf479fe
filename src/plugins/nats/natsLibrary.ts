/** The parts of the NATS client that are used. Built as a bundle of its own, which is loaded if a server is configured. */
export {
  jetstream,
  jetstreamManager,
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
} from "@nats-io/jetstream";
export { Kvm } from "@nats-io/kv";
export {
  connect,
  credsAuthenticator,
  nanos,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
