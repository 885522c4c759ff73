package io.kubescaler.redlock;

import java.util.ArrayDeque;
import java.util.Deque;

/** A process with a clock of its own speed. It can be stopped and continued, as by SIGSTOP and SIGCONT. */
class SimulatedProcess {

    final Simulation simulation;
    private final double clockSpeed;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long stoppedUntil;

    /** @param clockSpeed 1.01 for a clock that is 1 % fast */
    SimulatedProcess(Simulation simulation, double clockSpeed) {
        this.simulation = simulation;
        this.clockSpeed = clockSpeed;
    }

    final double clockSpeed() {
        return clockSpeed;
    }

    final long clock() {
        return (long) (simulation.now() * clockSpeed);
    }

    /** The true time in which the process's own clock moves by so much. */
    final long trueNanos(long ownNanos) {
        return (long) Math.ceil(ownNanos / clockSpeed);
    }

    /** Runs actions in order, as soon as the process is not stopped. */
    final void run(Runnable action) {
        if (isStopped()) {
            waiting.add(action);
        } else {
            action.run();
        }
    }

    final boolean isStopped() {
        return simulation.now() < stoppedUntil;
    }

    final void stopFor(long nanos) {
        stoppedUntil = Math.max(stoppedUntil, simulation.now() + nanos);
        simulation.after(nanos, this::goOn);
    }

    private void goOn() {
        while (!isStopped() && !waiting.isEmpty()) {
            waiting.remove().run();
        }
    }
}
