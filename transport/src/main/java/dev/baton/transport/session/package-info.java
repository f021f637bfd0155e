/**
 * Who talks to whom: identities, reasons, sessions and the control plane they live on. Values and interfaces only: how
 * messages are encoded is one floor up in {@code wire}, and how they travel one more in {@code node}.
 */
package dev.baton.transport.session;
