// Package engine stores messages in segments: files on the nodes that hold a replica. Only
// the leader takes writes and reads, followers fetch from it, and a write is acknowledged
// when every in-sync follower has it.
package engine

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"sync"
)

// log is the file of one segment; records are found by their offset.
type log struct {
	mu    sync.Mutex
	file  *os.File
	mark  *os.File // the high watermark, kept over restarts
	start []int64  // position of each record
	end   int64
	hw    uint64 // high watermark: below it every in-sync replica has the record
}

func openLog(dir, segment string) (*log, error) {
	path := filepath.Join(dir, url.PathEscape(segment)+".log")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	mark, err := os.OpenFile(path+".hw", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	l := &log{file: file, mark: mark}
	if err := l.index(); err != nil {
		return nil, err
	}
	var hw [8]byte
	if _, err := mark.ReadAt(hw[:], 0); err == nil {
		l.hw = min(binary.BigEndian.Uint64(hw[:]), uint64(len(l.start)))
	}
	return l, nil
}

// index finds the records; a half-written one at the end is cut off.
func (l *log) index() error {
	in := bufio.NewReader(l.file)
	for {
		var size [4]byte
		_, err := io.ReadFull(in, size[:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return err
		}
		n := int64(binary.BigEndian.Uint32(size[:]))
		if skipped, err := in.Discard(int(n)); int64(skipped) < n {
			if errors.Is(err, io.EOF) {
				break
			}
			return err
		}
		l.start = append(l.start, l.end)
		l.end += 4 + n
	}
	return l.file.Truncate(l.end)
}

// leo is the offset the next record gets.
func (l *log) leo() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.start))
}

func (l *log) append(records ...[]byte) (first uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first = uint64(len(l.start))
	for _, r := range records {
		buf := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(r)), uint32(len(r)))
		if _, err := l.file.WriteAt(append(buf, r...), l.end); err != nil {
			return first, err
		}
		l.start = append(l.start, l.end)
		l.end += int64(4 + len(r))
	}
	return first, nil
}

// read returns records from an offset up to a bound, at most about 1 MiB.
func (l *log) read(from, to uint64) ([][]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	to = min(to, uint64(len(l.start)))
	var out [][]byte
	total := 0
	for i := from; i < to && total < 1<<20; i++ {
		end := l.end
		if i+1 < uint64(len(l.start)) {
			end = l.start[i+1]
		}
		record := make([]byte, end-l.start[i]-4)
		if _, err := l.file.ReadAt(record, l.start[i]+4); err != nil {
			return nil, err
		}
		out = append(out, record)
		total += len(record)
	}
	return out, nil
}

func (l *log) truncate(to uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if to >= uint64(len(l.start)) {
		return nil
	}
	l.end = l.start[to]
	l.start = l.start[:to]
	l.hw = min(l.hw, to)
	return l.file.Truncate(l.end)
}

func (l *log) highWatermark() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hw
}

func (l *log) setHighWatermark(hw uint64) (moved bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	hw = min(hw, uint64(len(l.start)))
	if hw <= l.hw {
		return false
	}
	l.hw = hw
	// Not written is not wrong: a lower mark only makes a follower fetch more.
	l.mark.WriteAt(binary.BigEndian.AppendUint64(nil, hw), 0)
	return true
}
