/**
 * Remote tiers: {@link dev.baton.buffer.tier.remote.RemoteStore} is what all of them have in common, a
 * {@link dev.baton.buffer.tier.remote.RemoteClient} what one of them is: a shared file system, or a Redis.
 */
package dev.baton.buffer.tier.remote;
