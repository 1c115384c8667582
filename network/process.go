//go:build unix

package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func (n *Network) pidFile(name string) string { return n.path("run", name+".pid") }

// spawn starts a process, unless it runs. The process is a group of its own and
// outlives this one, unless the network is attached.
func (n *Network) spawn(p process) error {
	lock, free, err := tryLock(n.pidFile(p.name))
	if err != nil || !free {
		return err
	}
	defer lock.Close()
	log, err := os.OpenFile(n.logFile(p.name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	cmd := exec.Command(p.command, p.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, log, log
	cmd.Env = append(baseEnv(), p.env...)
	cmd.ExtraFiles = []*os.File{lock}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if n.attached {
		endWithParent(cmd.SysProcAttr)
	}
	if err := n.on(p.machine, cmd.Start); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	go cmd.Wait() // reaps it; how it ended is in its log
	if err := lock.Truncate(0); err != nil {
		return err
	}
	_, err = lock.WriteAt([]byte(strconv.Itoa(cmd.Process.Pid)+"\n"), 0)
	return err
}

// pid is the number of a process that runs, or 0.
func (n *Network) pid(name string) (int, error) {
	if _, err := os.Stat(n.pidFile(name)); errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	lock, free, err := tryLock(n.pidFile(name))
	if err != nil {
		return 0, err
	}
	if free {
		return 0, lock.Close()
	}
	raw, err := os.ReadFile(n.pidFile(name))
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || pid <= 1 {
		return 0, fmt.Errorf("%s runs, but its number cannot be read: %q", name, raw)
	}
	return pid, nil
}

// patience is how long a process may take to end by itself.
const patience = 10 * time.Second

// end stops processes: they are asked first, and killed after patience. It
// returns when none of them runs.
func (n *Network) end(ctx context.Context, names []string) error {
	signal := syscall.SIGTERM
	deadline := time.Now().Add(patience)
	asked := map[string]bool{}
	for {
		running := 0
		for _, name := range names {
			pid, err := n.pid(name)
			if err != nil {
				return err
			}
			if pid == 0 {
				continue
			}
			running++
			if !asked[name] || signal == syscall.SIGKILL {
				asked[name] = true
				syscall.Kill(-pid, signal)          // it may have ended just now
				syscall.Kill(-pid, syscall.SIGCONT) // one that is stopped hears nothing
			}
		}
		if running == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			if signal == syscall.SIGKILL {
				return fmt.Errorf("%d processes do not end", running)
			}
			signal, deadline = syscall.SIGKILL, time.Now().Add(patience)
		}
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// kill ends a process without asking it, as a crash would, and returns when it is
// gone.
func (n *Network) kill(ctx context.Context, name string) error {
	for {
		pid, err := n.pid(name)
		if err != nil || pid == 0 {
			return err
		}
		if err := n.signal(name, syscall.SIGKILL); err != nil {
			return err
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

// signal sends a process and its children a signal; one that does not run is left.
func (n *Network) signal(name string, s syscall.Signal) error {
	pid, err := n.pid(name)
	if err != nil || pid == 0 {
		return err
	}
	if err := syscall.Kill(-pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (n *Network) pause(name string) error  { return n.signal(name, syscall.SIGSTOP) }
func (n *Network) resume(name string) error { return n.signal(name, syscall.SIGCONT) }

// rename gives a process that runs the name of one that ended. Its lock is on the
// file, whatever the file is called.
func (n *Network) rename(old, name string) error {
	return errors.Join(os.Rename(n.pidFile(old), n.pidFile(name)), os.Rename(n.logFile(old), n.logFile(name)))
}

// tryLock opens and locks a file; free is false, and no file is returned, when
// somebody else holds it.
func tryLock(file string) (f *os.File, free bool, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, false, err
	}
	f, err = os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, false, err
	}
	// Somebody who only looks whether it is free holds it for a moment.
	for range 5 {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err == nil {
		return f, true, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, false, nil
	}
	return nil, false, fmt.Errorf("%s: %w", file, err)
}

// lockFile waits for a file's lock.
func lockFile(ctx context.Context, file string) (unlock func(), err error) {
	for {
		f, free, err := tryLock(file)
		if err != nil {
			return nil, err
		}
		if free {
			return func() { f.Close() }, nil
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
