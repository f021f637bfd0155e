/**
 * Lanes over Aeron streams of their own, UDP or IPC: every fragment carries its place, so nothing is ever put together
 * in between. The client, and with it the choice of media driver, comes from outside.
 */
package dev.baton.transport.aeron;
