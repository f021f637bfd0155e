/**
 * Data agents: each owns some lanes of every session, repacks cells where layouts differ, and writes them in fair
 * turns.
 */
package dev.baton.sender.data;
