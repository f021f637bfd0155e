/**
 * What tiers below memory have in common: the store of blocks that each of them is, and which cached block goes when room
 * is needed.
 */
package dev.baton.buffer.tier;
