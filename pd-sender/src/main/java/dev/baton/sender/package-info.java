/**
 * The prefill side: takes chunks from an engine and hands them off. {@link dev.baton.sender.PrefillSender} is the front
 * door.
 */
package dev.baton.sender;
