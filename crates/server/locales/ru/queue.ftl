# Очередь: идёт ли работа, и что делать, если нет

queue-title = Очередь
queue-live-good = обновляется сама
queue-live-lost = связь потеряна, восстанавливаем
queue-refresh = Обновить
queue-pause-all = Остановить всё
queue-resume-all = Продолжить всё
queue-by-hand = остановлено человеком
queue-at = на { $time }

queue-paused-title = { $stage }: приостановлено, { $reason }
queue-paused-waiting = { $count ->
    [one] Ждёт { $shown } звонок
    [few] Ждут { $shown } звонка
   *[many] Ждут { $shown } звонков
   }, ничего не потеряно, попытки не тратятся.
queue-paused-none = Ничего не потеряно, попытки не тратятся.
queue-paused-self = Проверяем сами и продолжим без вас.
queue-paused-person = Остановлено вручную: продолжится, когда вы скажете.
queue-paused-since = Начато { $time }.
queue-resume = Продолжить
queue-check-now = Проверить сейчас

queue-stages = Этапы
queue-stage = Этап
queue-waiting = Ждут
queue-working = В работе
queue-later = Повтор позже
queue-dead = Нужен человек
queue-done = Готово
queue-speed = Скорость
queue-left = Осталось
queue-pause = Остановить
queue-pause-of = Остановить: { $stage }
queue-resume-of = Продолжить: { $stage }
queue-paused = Приостановлено
queue-per-minute = { $shown }/мин
queue-left-less = меньше минуты
queue-left-waits = ждёт
queue-stage-fetch = Запись
queue-stage-transcribe = Речь в текст
queue-stage-analyze = Разбор
queue-stage-deliver = Доставка

queue-now = Сейчас в работе
queue-now-none = Сейчас ничего не обрабатывается.
queue-next = Дальше в очереди
queue-next-none = В очереди никого.
queue-next-more = { $count ->
    [one] и ещё { $shown } задание
    [few] и ещё { $shown } задания
   *[many] и ещё { $shown } заданий
}
queue-call = Звонок
queue-made = Сделано
queue-runs = Идёт
queue-due = Когда
queue-due-now = сейчас
queue-why-waits = Почему ждёт
queue-gone = готово

queue-dead-title = Нужен человек
queue-dead-note = { $count ->
    [one] { $shown } задание, само не повторится
    [few] { $shown } задания, сами не повторятся
   *[many] { $shown } заданий, сами не повторятся
}
queue-dead-none = Ничего не застряло: повторять вручную нечего.
queue-what = Что случилось и что сделать
queue-attempts = Попыток
queue-choose = Выбрать: { $call }
queue-retry = Повторить
queue-retry-of = Повторить: { $call }
queue-retry-chosen = Повторить выбранные
queue-retry-all = Повторить все
queue-chosen = Выбрано 0
queue-said-retried = { $count ->
    [one] { $shown } задание снова в очереди
    [few] { $shown } задания снова в очереди
   *[many] { $shown } заданий снова в очереди
}
queue-said-none = Повторять нечего: ничего не выбрано или уже повторено
queue-said-paused = { $stage }: остановлено
queue-said-resumed = { $stage }: продолжаем
queue-said-all-paused = Все этапы остановлены. Начатое доделывается
queue-said-all-resumed = Все этапы продолжают работу
queue-empty-title = Очередь пуста
queue-empty-text = Все звонки обработаны. Новые появятся здесь сами.
queue-only-look = Останавливать и повторять может руководитель или администратор.
